// Package connections is what people do with connections: they add, change, pause,
// disconnect and remove them, test their settings, run them and read the logs of runs, and
// list them.
//
//	Keeper    the use cases, which package app offers as its own
//	Statuses  what is known of a connection: its runs, streams and health, for the use cases
//	          here and in package lookup
package connections
