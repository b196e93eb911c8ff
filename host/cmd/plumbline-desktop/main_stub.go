//go:build !desktop

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "this plumbline-desktop was built without its window; build it with `make desktop`")
	os.Exit(1)
}
