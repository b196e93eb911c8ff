package schema

// Quick reports whether the schema has a quick form, and whether that form accepts the document.
func (s *Schema) Quick(doc []byte) (has, yes bool) { return s.quick != nil, s.Sure(doc) }

// Slowly validates only with the library.
func (s *Schema) Slowly(doc []byte) error {
	return (&Schema{compiled: s.compiled}).Validate(doc)
}

// IsDateTime is the quick form's check of a time.
func IsDateTime(text string) bool { return isDateTime([]byte(text)) }
