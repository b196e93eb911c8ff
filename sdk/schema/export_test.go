package schema

// Quick reports whether the schema has a quick form, and whether that says yes.
func (s *Schema) Quick(doc []byte) (has, yes bool) { return s.quick != nil, s.Sure(doc) }

// Slowly validates with the library alone.
func (s *Schema) Slowly(doc []byte) error {
	return (&Schema{compiled: s.compiled}).Validate(doc)
}

// IsDateTime is the quick form's look at a time.
func IsDateTime(text string) bool { return isDateTime([]byte(text)) }
