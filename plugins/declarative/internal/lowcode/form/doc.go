// Package form reads the form of a manifest: its fields become the settings of the connector. What an
// expression does to a setting, such as showing what was to be a secret, is noted there.
package form
