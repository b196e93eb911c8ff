// Package catalog knows which program is used as a connector and how far it is trusted. A
// program in development comes before the program of an installed release, which comes
// before a program in a directory. The package also judges the trial of a new release by
// its runs: a complete run ends the trial, a broken program is rolled back.
package catalog
