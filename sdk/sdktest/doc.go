// Package sdktest helps to test connectors and hosts.
//
// Bench runs a connector inside the test over a real gRPC pipe and plays the
// host: it commits groups as a host does, so what a test sees is what would be
// stored. Waiting takes no time there. Vendor is a simulator toolkit: it serves
// an API's documented answers and misbehaves as the faults of package replay say.
// Fake is the opposite end: a scripted connector program for tests of a host. Run
// tries a connector program against the cases of package conform.
//
// It never talks to a network other than this machine.
package sdktest
