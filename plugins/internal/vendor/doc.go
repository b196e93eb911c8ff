// Package vendor answers as a vendor's API does, for the tests of connectors. A simulator.yaml beside
// a connector's file says what the vendor holds and how it answers:
//
//	settings, secrets   of the connection in the test
//	sign_in             what every request must carry
//	permissions         what the vendor answers when one was not granted
//	lists               what the vendor holds, a whole item of each list
//	requests            which request is answered with what, and how its pages are asked for
//	expect              which records each stream of the connector gives, and facts of some of them
//
// Texts hold CEL expressions in {{ }}, with the functions of package expr. A text that is one
// expression keeps the type of what it yields.
//
// A Mode changes the vendor for one test: lists that move while they are read, a permission that was
// not granted, a credential that is refused, or a small population.
package vendor
