// Package spans sends each run that has finished to a collector of OpenTelemetry: the run as a span, and each of its steps as one
// within it. The spans are made from what is stored of the run, after it has ended, so nothing that happens to them can harm a
// run: a collector that is slow, full or gone costs spans and nothing else.
//
// It is off without an endpoint. A span has ids, the outcome, counts, codes and the connector; no message, record, host or person.
package spans
