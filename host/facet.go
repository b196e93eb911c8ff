package host

// Facet is one property of the things of a list, with how many have each of its values. The
// counts are of what the other filters leave, so that a value says what choosing it would give.
type Facet struct {
	Name   string       `json:"name" doc:"Of the filter that it belongs to"`
	Values []FacetValue `json:"values"`
}

// FacetValue is one value of a facet.
type FacetValue struct {
	Value string `json:"value" doc:"none stands for no owner"`
	Count int    `json:"count"`
}
