// Package wire is the one door between a connector's messages and the host's values.
//
// Every message that a connector sends (DescribeResponse, CheckResponse,
// SyncResponse) passes Door.Admit before any other code reads it. Admit walks the
// whole message by reflection and holds each field against the table in bounds.go. A
// field that the table does not name gets the narrow default of its type, so a field
// added to the protocol cannot be forgotten; a test demands that the table names every
// field. Then Description, Problem and package source turn the admitted message into
// values of package host.
//
// Admit does four things with each field, in this order:
//
//  1. Secrets of the connection are replaced by •••• in every text, whatever field it
//     is in. Exceptions are a record's key and payload, which are the customer's data,
//     and the names of the streams that the host itself asked for.
//  2. Characters that a terminal obeys or that a person cannot see become escapes
//     (host.Visible). Text of several lines keeps its new lines.
//  3. Text that is too long is cut, and ends with "… (N more bytes dropped)". Names,
//     and everything in a description, are refused instead.
//  4. Numbers, times, durations, lists and maps out of bounds are refused.
//
// A refusal is a host.Problem with the code protocol.violation and the fault
// connector. It names the field, the value and the rule. It ends the connector's run,
// makes the check fail, or marks the connector as unusable; it concerns no other
// connector or connection.
//
// # Bounds
//
//	a wait (throttle.wait, progress.wait_until)   0 to 24 hours; longer is refused
//	error.retry_after                             0 to 24 hours; a vendor's longer one is lowered to
//	                                              24 hours and the message says so
//	any other time                                the years 1 to 9999
//	took                                          0 to 31 days
//	counters                                      0 to 2^53
//	rates                                         finite, 0 to 1,000,000 a second
//	log message with its fields                   8 KiB, then cut; 100 fields
//	error message 4 KiB, detail 16 KiB, remedy 1 KiB, scope 1 KiB; then cut
//	progress note 1 KiB, request address 2 KiB, label 256 bytes; then cut
//	batch                                         3 MiB and 50,000 records
//	cursor                                        64 KiB
//	record key                                    1 to 512 bytes of UTF-8 without control characters
//	record payload                                256 KiB
//	description                                   200 streams, 400 steps, 500 permissions, 200 hosts,
//	                                              200 files, 100 guide steps, a config schema of 256 KiB
//
// What bounds a whole run is in the comments of packages source and intake.
package wire
