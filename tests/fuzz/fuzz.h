/* What every harness defines and replay.c or libFuzzer calls: looks at the bytes, aborts when a
 * property does not hold (ensure), returns 0. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
