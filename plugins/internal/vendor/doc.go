// Package vendor answers as a vendor's API does, for the tests of connectors. A simulator.yaml beside
// a connector's file says what the vendor holds and how it answers. README.md describes its keys.
//
// A Mode changes the vendor for one test: lists that move while they are read, a permission that was
// not granted, a credential that is refused, or a small population.
package vendor
