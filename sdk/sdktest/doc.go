// Package sdktest helps to test connectors and hosts.
//
// Bench runs a connector inside the test over a gRPC pipe and plays the host. It commits groups as
// a host does, so a test sees what a host would store. Waits take no time. Vendor simulates an API:
// a handler gives its documented answers, and faults of package replay replace some of them. Fake is
// a scripted connector program for tests of a host. Run tries a connector program with the cases of
// package conform.
//
// The package uses no network beyond this machine.
package sdktest
