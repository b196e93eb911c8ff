package main_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestNoMenuTakesAKeyOfThePage reads both tables: a key of a menu never reaches the page.
func TestNoMenuTakesAKeyOfThePage(t *testing.T) {
	t.Parallel()
	menus, err := os.ReadFile("menu.go")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../../frontend/src/lib/keymap.ts")
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]bool{}
	for _, found := range regexp.MustCompile(`'mod\+(.+?)'`).FindAllStringSubmatch(string(page), -1) {
		taken[strings.ToLower(found[1])] = true
	}
	if !taken["k"] {
		t.Fatal("the keys of the page are not where they were")
	}
	// What a field needs, on every system.
	for _, key := range strings.Split("acvxzy", "") {
		taken[key] = true
	}
	keys := regexp.MustCompile(`keys\.(?:CmdOrCtrl|Key)\("(.+?)"\)`).FindAllStringSubmatch(string(menus), -1)
	if len(keys) < 10 {
		t.Fatalf("%d keys were found in the menus", len(keys))
	}
	for _, key := range keys {
		if taken[key[1]] {
			t.Errorf("a menu takes %s from the page", key[1])
		}
		if strings.HasPrefix(key[0], "keys.Key") && !regexp.MustCompile(`^f\d+$`).MatchString(key[1]) {
			t.Errorf("a menu takes %s, which a person types", key[1])
		}
	}
}
