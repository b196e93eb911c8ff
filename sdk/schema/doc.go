// Package schema checks JSON documents against JSON Schema 2020-12. It names the field and the rule
// of each violation, and never the value, which may be secret. It loads no schema from a file or
// the network.
package schema
