package assess

import "github.com/plumbline-dev/plumbline/host/verdict"

// Listed returns the findings among items as an answer lists them.
func Listed(items []verdict.Item) []verdict.Item {
	f := findings{}
	for _, item := range items {
		f.keep(item)
	}
	return f.listed()
}

// Find returns what a query finds among tests.
func Find(all []Judged, q Query) (TestList, error) {
	order, err := orderOf(q.Sort)
	if err != nil {
		return TestList{}, err
	}
	return q.find(all, order), nil
}
