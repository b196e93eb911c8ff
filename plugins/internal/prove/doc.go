// Package prove reads the simulated vendor of a connector, and proves that
//
//   - its streams are whole while the vendor's lists move, and have exactly the vendor's keys
//   - they are whole with the few items of the conformance kit, too
//   - its records say what the simulator says of them
//   - without a permission, those streams that need it are not whole, and the check names it
//   - a wrong credential is called one
//   - a right one passes every probe
//   - the README says what it does not tell, for the table in plugins/README.md
//
// A connector in one file and a program are proved alike: [Program] is the whole test of a program. [Local]
// proves one that has no vendor. [Small] starts the vendor
// of another test, and [Journey] is the life of a connection with the built program.
package prove
