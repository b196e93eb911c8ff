// Package diagnose explains why a run was not complete: facts in, an explanation out. It is
// a pure function. It stores nothing, reads no clock and needs no network.
//
// Terms
//
//	failure     one problem of a run: the error of a step, a gap, or the error of the run
//	cause       what produced failures; package host has the closed set
//	fact        what the host knows: the run, its log, earlier runs, edits, other connections
//	rule        a row of the table in rules.go: codes and conditions on the left, a cause and
//	            a confidence on the right
//	tale        a row of the table in tales.go: the words, the party that can act and the
//	            remedies of a cause
//
// Explain takes each failure to the first rule that fits, groups the failures by cause and
// puts one cause first: a cause that needs a person before one that passes by itself, and
// then the cause of the earliest step.
//
// States of an explanation
//
//	none          no run has finished, or nothing failed
//	unknown       no rule fits the first cause; tells_more says what would
//	inconclusive  the first cause is an outage of the vendor, a changed API or a bug: it says
//	              nothing about the company's own systems
//	explained     any other cause
//
// Confidence
//
//	certain   the vendor or the host states the cause in a code
//	likely    the code allows several causes, and the facts exclude the others
//	possible  the facts exclude no other cause
//	unknown   no rule fits
//
// Who owns what: the problem's code, fault and remedy belong to the connector and to the
// host that reported it (package sdk has the taxonomy). The verdict belongs to package
// health. This package only adds what one problem cannot know: what happened before, what
// changed since, and what happened elsewhere. Package app gathers the facts.
//
// A customer is never named for a vendor's fault: a rule whose cause is the vendor's or a
// bug says so, and a rule that would blame a setting or a credential needs a code that the
// vendor uses for it.
package diagnose
