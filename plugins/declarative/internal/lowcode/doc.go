// Package lowcode translates a low-code connector manifest, as Airbyte's declarative sources have it,
// into a connector file of this language.
//
//	Manifest   the YAML, with $ref and $parameters resolved where a component is read
//	scene      the variables that a template sees at one place; it writes CEL
//	importer   translates one manifest; worker, one stream of it
//	Result     the file, and what was left out, each by its line and reason
//
// A stream of which any part has no translation is left out and named. No part of a stream is left out.
package lowcode
