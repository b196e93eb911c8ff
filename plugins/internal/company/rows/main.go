// Command rows writes the tables of the invented company at the end of a day, and its flaws, as JSON. Tests of programs that may not import
// package company read it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// output is what the command writes.
type output struct {
	End    time.Time                   `json:"end"` // the end of that day
	Tables map[string][]map[string]any `json:"tables"`
	Flaws  []company.Flaw              `json:"flaws"` // those that are there on that day
}

func main() {
	people := flag.Int("people", 300, "how many people the company has")
	day := flag.Int("day", company.LastDay, "the number of the day")
	flag.Parse()
	if err := write(*people, *day); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(people, number int) error {
	c := company.New(company.Size{People: people})
	day := c.At(company.Date(number))
	out := output{End: company.Date(number + 1), Tables: map[string][]map[string]any{}}
	for _, name := range company.Tables() {
		out.Tables[name] = day.Table(name)
	}
	for _, f := range c.Flaws() {
		if f.On(number) {
			out.Flaws = append(out.Flaws, f)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}
