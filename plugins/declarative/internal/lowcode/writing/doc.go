// Package writing writes the connector file: objects with their keys in order, and for each line of the
// text the line of the manifest or of the mapping file from which it comes.
package writing
