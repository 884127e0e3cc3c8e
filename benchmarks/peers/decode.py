"""As Decode.java, with llama.cpp: MODEL.gguf PROMPT-TOKENS TOKENS ROUNDS THREADS."""

import sys
import time

import llama_cpp
import numpy

model = sys.argv[1]
prompt_tokens, tokens, rounds, threads = map(int, sys.argv[2:])
llama = llama_cpp.Llama(
    model, n_ctx=prompt_tokens + tokens, n_batch=512, n_threads=threads, n_threads_batch=threads, verbose=False
)
prompt = [100 + i * 7919 % 40000 for i in range(prompt_tokens)]


def most_likely(ids):
    llama.eval(ids)
    logits = llama_cpp.llama_get_logits_ith(llama.ctx, -1)
    return int(numpy.argmax(numpy.ctypeslib.as_array(logits, shape=(llama.n_vocab(),))))


for _ in range(rounds):
    llama.reset()
    begin = time.perf_counter()
    following = most_likely(prompt)
    middle = time.perf_counter()
    for _ in range(tokens):
        following = most_likely([following])
    end = time.perf_counter()
    print(f"{prompt_tokens / (middle - begin):.1f} {tokens / (end - middle):.1f}")
