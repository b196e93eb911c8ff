// Package lowcode translates a low-code connector manifest, as Airbyte's declarative sources have it,
// into a connector file of this language.
//
//	manifest    the YAML, with $ref and $parameters resolved where a component is read
//	finding     what a person should know, and why something has no translation
//	form        the fields of the manifest's form
//	expression  templates, written as expressions
//	writing     the text of the file, and where its lines come from
//	stream      the streams of a manifest
//
// A package imports only those above it in this list, and lowcode puts the file together: identity, form,
// guide, network, what all streams share, and the kinds that the mapping file gives.
//
// A stream of which any part has no translation is left out and named. No part of a stream is left out.
package lowcode
