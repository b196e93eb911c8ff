// Package file reads the YAML file that describes a connector.
//
// File and the types below it are the language: their yaml tags are its keys, and their
// doc tags say what each key means. Decode fills them and stores the position of each key.
// A Mistake is something that the author has to correct; Mistakes has all of them, each with
// its line and column. Package plan checks whether the values fit together.
//
// This package is the only one that knows YAML.
package file
