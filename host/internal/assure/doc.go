// Package assure is the use cases of controls, of the frameworks whose requirements they meet, and of evidence. The rules are in package
// control, the files of evidence in package artifact; this package joins them with what tests find and with the decisions of people.
//
//	tests ── assess ──┐
//	evidence ─────────┼──▶ picture ── control.Judge ──▶ controls ──▶ requirements
//	decisions ────────┘
//
// A picture is everything at one moment, read anew for each question. Three collections of documents belong to this package, and nothing
// else writes them: control (decisions about a control, and controls of the company's own), evidence (an item with its latest artifact;
// earlier artifacts are in the history of the document) and framework_text (which text was imported for a framework).
//
// Evidence whose artifact is a file names it by its hash. The file is on disk before the document is stored, and is never deleted while a
// document, or its history, names it. A file that no document names, because its upload was not followed by an entry, is deleted a day
// later, when the host starts.
//
// Goroutines: none of its own.
package assure
