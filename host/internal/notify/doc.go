// Package notify turns what happens to connections into notifications, and sends them.
//
// Terms
//
//	standing      what is known of a connection now: its verdict, what waits for a person, its credentials
//	told          what people were told of a connection last; it is stored
//	transition    a standing that differs from what was told in a way that people should know
//	incident      the transitions that have one cause: one notification when it begins, one when it ends
//	notification  what is sent; it is written once and never changed
//	delivery      one notification on its way to one channel and recipient; its id is the idempotency key
//
// Transitions are found by comparison, not by counting events: Step compares the standings with what was told. A run that failed
// while the process was killed is found at the next start, a run that is read twice changes nothing, and edits, held removals and the
// age of credentials are found in the same way. What was told, the incidents and the deliveries are one sealed file, which is replaced
// as a whole before the first message is sent, and after each one. So the file is the position from which everything goes on. It is no
// part of a backup: a restored journal must not send what was sent before.
//
// Of a connection
//
//	nothing told ──── unhealthy ───▶ told unhealthy ──── healthy ───▶ told healthy
//	                                  │       ▲
//	                    many changes  ▼       │ an hour without a change
//	                                held down: its changes are told no more
//
// Unknown, paused by a person and stopped by the host are no verdicts: what was told stays. A connection that is disconnected or
// deleted leaves its incident. The first Step of a data directory only takes note.
//
// Of an incident
//
//	collecting ── no transition for the window ──▶ open ── every connection recovered ──▶ over
//	    │                                           │
//	    └── all recovered before: never told        └── half an hour after the first recovery, once: some recovered
//
// A cause on this side, at a vendor or in a connector is shared: a connection that fails for it while its incident is open joins it and
// is not told again. Any other cause is shared only within the window.
//
// Of a delivery
//
//	waiting ── accepted ──▶ delivered
//	  ▲  │
//	  └──┴── not accepted: again after 5 s, 10 s … 15 min, and from the sixth hour on every 2 h
//	         refused for good, its channel removed, or 4 days since the first attempt ──▶ given up
//
// What can be promised: every message is sent at least once. It is sent twice only when the process ends between the answer of the
// other side and the next write of the file, or when an answer is lost; then with the same key. A webhook has the key in webhook-id, an
// e-mail in its Message-ID. Slack takes no key.
//
// Goroutines: one for Step, from Follow to Close; in it one for each channel, which Step waits for.
package notify
