// Package source is what a run reads from: today the process of a connector.
//
// Starter starts a connector's program with no more than the connector declares. Sync
// is one conversation with that process: the process sends the records of its streams,
// and a Sink takes them. A batch is one message with records. A checkpoint ends a group;
// it is acknowledged when the sink has stored the group, and not before.
//
//	Open ─▶ reading ──batch──▶ reading        package intake collects a group
//	           │──checkpoint──▶ Sink.Commit ──▶ Ack
//	           │──result──────▶ the rest is stored, Sink.Finish ends the stream
//	           └──done────────▶ ended
//
// Every message passes package wire first, which bounds, scrubs and escapes it. Source
// keeps the order of the messages, the window of what is not acknowledged, and the
// volume of what a run logs. Intake checks the records. Source stores nothing and does
// not decide what a result means for a run.
//
// A second source, such as a session in which a script sends pages of records over HTTP,
// fills an intake.Stream for each of its streams and gives the groups to the same Sink.
// It needs no process, so nothing of this package; the two share no interface until then.
//
// Two goroutines work on a conversation: the caller's reads and checks, the committer
// stores and acknowledges in order. At most so much waits between them:
//
//	checkpoints not acknowledged    4; the fifth ends the run as a violation
//	bytes not acknowledged          8 MiB and a batch; more ends the run as a violation
//	log lines (debug, info)         10,000 lines or 4 MiB, requests among them
//	log lines (warn, error)         1,000 lines or 1 MiB
//	messages beside records         5,000 a second; a connector that sends more waits
//	messages of a check             2,000
//
// Lines that are dropped are counted, and the log ends with "(… N more lines dropped)".
// A connector is silent when it sends nothing for 5 minutes; the time in which it may be
// waiting for an acknowledgement does not count. When ctx ends, the connector is asked to
// stop and may send what it has read for another seven seconds.
package source
