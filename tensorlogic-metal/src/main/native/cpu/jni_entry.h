// Part of the file that JavaCPP generates: what it must not do, and what it cannot.
//
// Its JNI_OnLoad would initialize its class Pointer, which starts a thread that keeps the class loader of a redeployed
// application alive for ever. Nothing in tensorlogic_cpu.h needs that class, so the function is not called; nor is its
// JNI_OnUnload, which undoes it.
#pragma once

#include <jni.h>

extern "C" {

JNIEXPORT void JNICALL JNI_OnUnload(JavaVM*, void*) { tl_free_everything(); }

JNIEXPORT jlong JNICALL Java_org_tensorlogic_metal_cpu_NativeObjects_address(JNIEnv* env, jclass, jobject buffer) {
  return reinterpret_cast<jlong>(env->GetDirectBufferAddress(buffer));
}

JNIEXPORT jobject JNICALL Java_org_tensorlogic_metal_cpu_NativeObjects_buffer(JNIEnv* env, jclass, jlong address, jlong bytes) {
  return env->NewDirectByteBuffer(reinterpret_cast<void*>(address), bytes);
}

JNIEXPORT jstring JNICALL Java_org_tensorlogic_metal_cpu_NativeObjects_levelName(JNIEnv* env, jclass, jint level) {
  return env->NewStringUTF(tl_level_name(level));
}

}

#define JNI_OnLoad JavaCPP_OnLoad
#define JNI_OnUnload JavaCPP_OnUnload
