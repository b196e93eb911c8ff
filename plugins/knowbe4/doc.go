// Package knowbe4 has the Go tests of the KnowBe4 connector, which is written in Python. They build it and run the
// conformance suite and the journeys of the other connectors. The connector starts in connector.py.
package knowbe4
