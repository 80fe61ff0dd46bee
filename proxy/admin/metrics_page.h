/* The page /metrics: figures in Prometheus's text format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Every possible series is there
 * from the beginning, at 0. Any thread. */
#pragma once

#include "base/buf.h"
#include "proxy/admin/figures.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends the page. False: it does not fit. */
MUST_CHECK bool metrics_page(const struct figures *f, struct buf *out);
