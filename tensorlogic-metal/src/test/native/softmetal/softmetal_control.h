// What tests set and ask of the software device, beside Metal's own interface.
#pragma once

extern "C" {

// Metal objects that have been made and not released to the last.
long softmetal_live_objects();

// Whether the first threadgroup of a command runs its threads in reverse order; the next one does the opposite.
void softmetal_set_order(int reverse);

// Milliseconds of the processor after which a command fails; 60,000 at the start.
void softmetal_set_time_limit(long limit);

// Instrumented kernels (KernelMutationsTest) are wrong at this site; 0 is none. Commands of a mutant run in a process of
// their own, each batch; after the first that fails, the others fail until a mutant is set again.
void softmetal_set_mutant(int site);

// Whether a site has been executed since the last call.
int softmetal_take_site(int site);

enum { softmetal_most_sites = 8192 };

}
