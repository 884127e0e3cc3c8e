// Quantizes one row of 256 numbers to every type of ggml, by ggml's own code, and writes the blocks to standard output,
// types by their number. Run where the machine is little endian and where it is big endian it makes the fixtures in
// src/test/resources/org/tensorlogic/io/gguf. With ggml's sources in $GGML, without the line in its src/ggml-quants.c
// that includes ggml-cpu-impl.h:
//
//     gcc -O1 -ffp-contract=off -I$GGML/include -I$GGML/src blocks.c $GGML/src/ggml-quants.c -lm -o little
//     s390x-linux-gnu-gcc -static (the same) -o big
//     ./little >blocks-little.bin; qemu-s390x ./big >blocks-big.bin

#include <stdio.h>
#include <stdlib.h>

#include "ggml-impl.h"
#include "ggml-quants.h"

enum { COLUMNS = 256 };
typedef size_t (*Quantize)(const float *, void *, int64_t, int64_t, const float *);

static size_t quantize_q8_K(const float *x, void *blocks, int64_t rows, int64_t columns, const float *weights) {
    (void)weights;
    quantize_row_q8_K_ref(x, blocks, rows * columns);
    return 0;
}

static const struct {
    enum ggml_type type;
    Quantize quantize;
    int block_size, block_bytes;
} types[] = {
    {GGML_TYPE_Q4_0, quantize_q4_0, 32, 18},         {GGML_TYPE_Q4_1, quantize_q4_1, 32, 20},
    {GGML_TYPE_Q5_0, quantize_q5_0, 32, 22},         {GGML_TYPE_Q5_1, quantize_q5_1, 32, 24},
    {GGML_TYPE_Q8_0, quantize_q8_0, 32, 34},         {GGML_TYPE_Q2_K, quantize_q2_K, 256, 84},
    {GGML_TYPE_Q3_K, quantize_q3_K, 256, 110},       {GGML_TYPE_Q4_K, quantize_q4_K, 256, 144},
    {GGML_TYPE_Q5_K, quantize_q5_K, 256, 176},       {GGML_TYPE_Q6_K, quantize_q6_K, 256, 210},
    {GGML_TYPE_Q8_K, quantize_q8_K, 256, 292},       {GGML_TYPE_IQ2_XXS, quantize_iq2_xxs, 256, 66},
    {GGML_TYPE_IQ2_XS, quantize_iq2_xs, 256, 74},    {GGML_TYPE_IQ3_XXS, quantize_iq3_xxs, 256, 98},
    {GGML_TYPE_IQ1_S, quantize_iq1_s, 256, 50},      {GGML_TYPE_IQ4_NL, quantize_iq4_nl, 32, 18},
    {GGML_TYPE_IQ3_S, quantize_iq3_s, 256, 110},     {GGML_TYPE_IQ2_S, quantize_iq2_s, 256, 82},
    {GGML_TYPE_IQ4_XS, quantize_iq4_xs, 256, 136},   {GGML_TYPE_IQ1_M, quantize_iq1_m, 256, 56},
    {GGML_TYPE_TQ1_0, quantize_tq1_0, 256, 54},      {GGML_TYPE_TQ2_0, quantize_tq2_0, 256, 66},
    {GGML_TYPE_MXFP4, quantize_mxfp4, 32, 17},       {GGML_TYPE_NVFP4, quantize_nvfp4, 64, 36},
    {GGML_TYPE_Q1_0, quantize_q1_0, 128, 18},        {GGML_TYPE_Q2_0, quantize_q2_0, 64, 18},
};

// What ggml-quants.c wants of the rest of ggml.

float ggml_table_f32_f16[1 << 16];

size_t ggml_row_size(enum ggml_type type, int64_t columns) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].type == type) {
            return columns / types[i].block_size * types[i].block_bytes;
        }
    }
    abort();
}

size_t ggml_type_size(enum ggml_type type) { return ggml_row_size(type, COLUMNS); }

const char *ggml_type_name(enum ggml_type type) {
    (void)type;
    return "";
}

void ggml_abort(const char *file, int line, const char *format, ...) {
    fprintf(stderr, "%s:%d: %s\n", file, line, format);
    abort();
}

void ggml_log_internal(enum ggml_log_level level, const char *format, ...) {
    (void)level;
    (void)format;
}

static unsigned state = 12345;

static float uniform(void) {
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 16) / 65536;
}

static void prepare(enum ggml_type type) {
    switch (type) {
        case GGML_TYPE_IQ2_XXS:
        case GGML_TYPE_IQ2_XS:
        case GGML_TYPE_IQ2_S:
        case GGML_TYPE_IQ1_S:
        case GGML_TYPE_IQ1_M: iq2xs_init_impl(type); break;
        case GGML_TYPE_IQ3_XXS: iq3xs_init_impl(256); break;
        case GGML_TYPE_IQ3_S: iq3xs_init_impl(512); break;
        default: break;
    }
}

int main(void) {
    float x[COLUMNS], weights[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
        x[i] = uniform() + uniform() + uniform() + uniform() - 2;
        weights[i] = 0.25f + uniform();
    }
    for (int i = 0; i < 1 << 16; i++) {
        ggml_table_f32_f16[i] = ggml_compute_fp16_to_fp32((ggml_fp16_t)i);
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char blocks[4096] = {0};
        prepare(types[i].type);
        types[i].quantize(x, blocks, 1, COLUMNS, weights);
        fwrite(blocks, 1, ggml_row_size(types[i].type, COLUMNS), stdout);
    }
    return 0;
}
