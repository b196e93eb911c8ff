package desktop

import "strings"

// Screens returns the routes that a link may lead to.
func Screens() (routes []string) {
	for _, route := range screens {
		routes = append(routes, "/"+strings.Join(route, "/"))
	}
	return routes
}

// Tabs returns the tabs that a link may lead to.
func Tabs() []string { return tabs }
