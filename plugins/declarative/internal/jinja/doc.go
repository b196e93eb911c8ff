// Package jinja reads the templates of low-code manifests: texts with expressions in {{ }} and with
// {% if %}. It yields a syntax tree and evaluates nothing.
package jinja
