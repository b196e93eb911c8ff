// Package manifest reads a low-code manifest: its values with $ref followed, the $parameters that hold for
// each, and the line where each stands. It knows no component.
package manifest
