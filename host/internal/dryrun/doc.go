// Package dryrun says what a run of a connection would change, and changes nothing.
//
// Read starts the connector's program as a run does, with the connection's settings and
// secrets, on the same rate budget, and reads every stream from its beginning. Instead of
// storing the groups it compares them with what is stored. One thing is stored all the
// same: a secret that the system replaces while it is read, because the old one is no
// longer valid then.
//
// Sample reads only the first page of each stream, with settings that need not be stored,
// and returns a few records in which personal data is masked.
//
// A Comparison holds 50 bytes for each record, so a stream of a million records
// takes 100 MB while it is compared.
package dryrun
