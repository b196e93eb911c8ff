// Package verify checks that a journal agrees with itself: it reads everything that is
// stored and compares it with everything else that says the same.
//
// It follows each chain from its anchor to its head, hashes every version's document, and
// compares versions, change log, feed, digest and counters with one another, documents with
// the audit log, and chains and runs with the anchors file. It names the first bad entry of
// each kind and counts the others.
//
// An open database does not report damage of its files: it skips a block that it cannot
// read, also when it merges tables. So the files are read as well (badgerdir.Inspect). Not
// noticed there are changes of DISCARD, which only counts garbage; of a value log after its
// byte 7, whose documents are checked when they are read; and of the last write of a log,
// which a crash may have cut off. The anchors file says whether that write had ended.
//
// A person who has the journal's key and rewrites journal and anchors file alike is not
// noticed. Against that, note the links of `plumbline verify` elsewhere.
package verify
