// Package install offers releases of connectors, installs and updates them, rolls them
// back and removes them.
//
//	source ──Offer: manifest read──▶ offered ──a person consents──▶ staged ──tried──▶ installed
//	                                    └── Update, asks for more: waits for consent
//
// A release is tried before it is installed: its program says what its manifest says,
// and it takes the settings of each connection that will use it. Package release reads
// and verifies the files, package catalog judges the first runs.
package install
