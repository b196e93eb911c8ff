// Package knowbe4 holds the Go tests of the KnowBe4 connector, which is written
// in Python: it is built, held to the conformance suite and taken through whole
// journeys as every other connector is. The connector itself is connector.py and
// what stands beside it.
//
// # Decisions
//
// KnowBe4's lists are pages with numbers, without a total. Each edge between two
// pages is looked at again, so that a list that moved is read anew and nobody is
// taken for removed because of it (rows.py).
//
// Archived users are suspended, since they can be brought back. Who is not among
// the account's admins may still have a role with rights: unknown, not no.
package knowbe4
