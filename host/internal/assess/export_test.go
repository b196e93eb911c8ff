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
