// Package pack writes what an auditor asks for into one file, and checks such a file on a machine that has nothing else.
//
//	Content ── Write ──▶ pack.zip ── Verify ──▶ Report
//
// Content is everything that a pack says; others gather it. A pack is a function of its content and of the key: it names the moment that
// it is of, and neither when nor by whom it was made. So two packs of the same moment are the same, byte for byte.
//
//	population   a list that tests read, whole, as it was at the moment
//	manifest     the list of all files with their hashes and of what they say, as a statement of in-toto
//	checkpoint   the head of a Merkle tree over all links of the journal's chains up to the moment
//	proof        that the link at which a run ended is in that tree
//
// What a pack does not contain it names as not contained, never as none. What limits what it shows, such as a list that was not read on
// some days, is a notice on its first page.
//
// One key signs three times: the manifest and the sums for minisign, the manifest as a DSSE envelope, the checkpoint as a signed note.
//
// Files are written through a scratch file, sorted by name. Records and findings are streamed: memory does not grow with them, but for 64
// bytes for each link of the journal's chains.
package pack
