package company

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// tables are the rows of a table, by its name. Accounts are by system.
var tables = map[string]form{
	"people": table((*Day).People), "groups": table((*Day).Groups), "repositories": table((*Day).Repositories),
	"changes": table((*Day).Changes), "cloud_accounts": table((*Day).CloudAccounts), "buckets": table((*Day).Buckets),
	"instances": table((*Day).Instances), "databases": table((*Day).Databases), "keys": table((*Day).Keys),
	"security_groups": table((*Day).SecurityGroups), "trails": table((*Day).Trails), "cloud_users": table((*Day).CloudUsers),
	"devices": table((*Day).Devices), "tickets": table((*Day).Tickets), "findings": table((*Day).Findings),
	"trainings": table((*Day).Trainings), "background_checks": table((*Day).BackgroundChecks), "documents": table((*Day).Documents),
	"signatures": table((*Day).Signatures), "monitors": table((*Day).Monitors),
}

// form makes the rows of a table, which are of one type.
type form struct {
	of   reflect.Type
	rows func(d *Day) []map[string]any
}

func table[T any](of func(d *Day) []T) form {
	return form{reflect.TypeFor[T](), func(d *Day) []map[string]any { return rowsOf(d.c.size.shift(), of(d)) }}
}

// links say by which columns the rows of a table belong to those of another one.
var links = map[string]map[string][2]string{
	"changes":           {"repositories": {"repository", "name"}},
	"buckets":           {"cloud_accounts": {"account", "id"}},
	"instances":         {"cloud_accounts": {"account", "id"}},
	"databases":         {"cloud_accounts": {"account", "id"}},
	"keys":              {"cloud_accounts": {"account", "id"}},
	"security_groups":   {"cloud_accounts": {"account", "id"}},
	"trails":            {"cloud_accounts": {"account", "id"}},
	"cloud_users":       {"cloud_accounts": {"account", "id"}},
	"accounts":          {"people": {"person_id", "id"}},
	"devices":           {"people": {"owner_email", "email"}},
	"trainings":         {"people": {"person_id", "id"}},
	"background_checks": {"people": {"person_id", "id"}},
	"monitors":          {"repositories": {"service", "name"}},
	"signatures":        {"people": {"person_email", "email"}, "documents": {"document", "title"}},
}

var accountsOf = regexp.MustCompile(`^accounts\(([a-z0-9-]+)\)$`)

// base returns a table's name without its system.
func base(table string) string {
	if accountsOf.MatchString(table) {
		return "accounts"
	}
	return table
}

// Tables returns the names of the tables. Those of accounts are of the systems whose accounts have
// flaws.
func Tables() []string {
	names := slices.Collect(maps.Keys(tables))
	for _, system := range systemNames {
		names = append(names, "accounts("+system+")")
	}
	slices.Sort(names)
	return names
}

// Check returns an error when there is no table of this name.
func Check(table string) error {
	if tables[table].rows == nil && base(table) != "accounts" {
		return fmt.Errorf("there is no table %q; there are accounts(SYSTEM), %s", table, strings.Join(slices.Sorted(maps.Keys(tables)), ", "))
	}
	return nil
}

// Columns returns the names of the columns of a table.
func Columns(table string) (names []string) {
	of := tables[table].of
	if base(table) == "accounts" {
		of = reflect.TypeFor[Account]()
	}
	for _, c := range columnsOf(of) {
		names = append(names, c.name)
	}
	return names
}

// Link returns the columns whose values are equal where a row of a table belongs to one of the table
// above.
func Link(table, above string) (column, columnAbove string, err error) {
	link, known := links[base(table)][base(above)]
	if !known {
		return "", "", fmt.Errorf("the rows of %s do not name one of %s", table, above)
	}
	return link[0], link[1], nil
}

// Table returns the rows of a table, by column, and nil when there is no such table. Dates are texts.
// They must not be changed.
func (d *Day) Table(table string) []map[string]any {
	if Check(table) != nil {
		return nil
	}
	d.mu.Lock()
	known := d.tables[table]
	if known == nil {
		known = &kept[[]map[string]any]{}
		d.tables[table] = known
	}
	d.mu.Unlock()
	return known.get(func() []map[string]any {
		if system := accountsOf.FindStringSubmatch(table); system != nil {
			return rowsOf(d.c.size.shift(), d.Accounts(system[1]))
		}
		return tables[table].rows(d)
	})
}

// shift is by how much later the moments of a company are.
type shift time.Duration

// column is a field of a struct: with the tag null an empty text, or zero, stands for none.
type column struct {
	index int
	name  string
	null  bool
}

func rowsOf[T any](by shift, things []T) []map[string]any {
	columns := columnsOf(reflect.TypeFor[T]())
	all := make([]map[string]any, len(things))
	for i := range things {
		all[i] = by.row(reflect.ValueOf(&things[i]).Elem(), columns)
	}
	return all
}

// words finds where a word begins in the name of a field, such as MFAKind.
var words = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

func columnsOf(of reflect.Type) (all []column) {
	for i := range of.NumField() {
		field := of.Field(i)
		_, null := field.Tag.Lookup("null")
		all = append(all, column{i, strings.ToLower(words.ReplaceAllString(field.Name, "${1}${3}_${2}${4}")), null})
	}
	return all
}

func (by shift) row(from reflect.Value, columns []column) map[string]any {
	row := make(map[string]any, len(columns))
	for _, c := range columns {
		row[c.name] = by.cell(from.Field(c.index), c.null)
	}
	return row
}

// cell returns a value as JSON has it.
func (by shift) cell(from reflect.Value, null bool) any {
	switch value := from.Interface().(type) {
	case time.Time:
		if value.IsZero() {
			return nil
		}
		return value.Add(time.Duration(by)).Format(time.RFC3339)
	case string:
		if null && value == "" {
			return nil
		}
		return value
	case bool:
		return value
	case int:
		if null && value == 0 {
			return nil
		}
		return int64(value)
	case map[string]string:
		all := make(map[string]any, len(value))
		for name, text := range value {
			all[name] = text
		}
		return all
	}
	if from.Kind() == reflect.Struct {
		return by.row(from, columnsOf(from.Type()))
	}
	list := make([]any, from.Len())
	for i := range list {
		list[i] = by.cell(from.Index(i), null)
	}
	return list
}
