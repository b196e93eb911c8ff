// Package simulate simulates the system that a plan describes.
//
// A System is derived from the plan alone: it knows requests by their paths, pages as the
// plan says, and makes answers of the shape that the plan's expressions read. To find that
// shape, a solver gives the members that an expression reads one value after another, until
// the expression yields what is wanted: a word of the kind, a moment, an address. What it
// does not find is left out, and is unknown then.
//
// It shows that a file hangs together, not that the real system answers so.
package simulate
