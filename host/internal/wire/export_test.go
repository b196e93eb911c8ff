package wire

import "google.golang.org/protobuf/reflect/protoreflect"

// Bounded reports whether the table names a field.
func Bounded(f protoreflect.FieldDescriptor) bool {
	return bounds[f.ContainingMessage().Name()][f.Name()].way != byType
}

// Named reports whether only the name of a stream or step is admitted in a field.
func Named(f protoreflect.FieldDescriptor) bool {
	return bounds[f.ContainingMessage().Name()][f.Name()].way == name
}
