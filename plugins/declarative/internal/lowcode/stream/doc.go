// Package stream translates the streams of a manifest: their requests, paging, partitions, records, answers
// and sign-in. A stream of which any part has no translation is refused as a whole.
package stream
