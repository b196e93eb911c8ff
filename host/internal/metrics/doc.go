// Package metrics has the figures of the agent in the text format of Prometheus. Gauges are read from the use cases at each
// scrape; runs are counted from the start of the program as they finish, by Watch, which its caller runs and ends.
//
// No label holds a name of a person, a record, a host or a message. The labels have closed sets of values, but for alias, which
// is left out unless the configuration asks for it.
package metrics
