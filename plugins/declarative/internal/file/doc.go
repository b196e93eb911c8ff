// Package file reads the YAML file that describes a connector.
//
// File and the types below it are the language: their yaml tags are its keys, and their
// doc tags say what each key means. Decode fills them and remembers where each key
// stands. A Mistake is what the author has to mend; Mistakes holds all of them, each with
// its line and column. Whether the values make sense together is for package plan.
//
// This package is the only one that knows YAML.
package file
