// Package assurance has the nouns of what a company does for its security and of what shows it: controls with their state, the
// requirements that they meet, and evidence. Of ours it imports packages host and verdict alone. As there, the JSON names are the
// product's public contract.
//
//	test result ─┐
//	             ├─▶ control ──▶ requirement ──▶ framework
//	evidence ────┘
//
// A state is worked out each time it is asked for. The lines of a control are its calculation: each test and each item of evidence,
// whether it counts, and what it says. Decisions of people are documents of the journal, each with an actor and a revision.
package assurance
