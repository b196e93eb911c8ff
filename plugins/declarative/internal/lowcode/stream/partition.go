package stream

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/expression"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
)

// partitions translates the partition router: the list that the stream is read for each item of.
func (w *worker) partitions() {
	v := w.retriever.Get("partition_router")
	if !v.Set() {
		v = w.retriever.Get("stream_slicer")
	}
	if !v.Set() {
		return
	}
	w.at(v)
	routers := v.Items()
	if v.IsMap() {
		routers = []manifest.Value{v}
	}
	lists := !slices.ContainsFunc(routers, func(r manifest.Value) bool { return r.Type() != "ListPartitionRouter" })
	switch {
	case len(routers) == 0:
	case len(routers) > 1 && lists:
		w.product(routers)
	case len(routers) == 2 && w.related(routers[0], routers[1]), len(routers) == 2 && w.related(routers[1], routers[0]):
	case len(routers) > 1:
		w.refuse(v, "several partition routers of one stream have no translation")
	case lists:
		w.listed(routers[0])
	case routers[0].Type() == "SubstreamPartitionRouter":
		w.substream(routers[0])
	case routers[0].Type() == "GroupingPartitionRouter":
		w.refuse(routers[0], "requests for several parents at once have no translation")
	default:
		w.refuse(routers[0], "%s has no translation", routers[0].Type())
	}
}

// substream translates a list for each record of another stream.
func (w *worker) substream(v manifest.Value) {
	configs := v.Own("parent_stream_configs").Items()
	if len(configs) != 1 {
		w.refuse(v, "%d parents of one stream have no translation", len(configs))
	}
	config := configs[0]
	if w.level+1 > plan.MaxLevels {
		w.refuse(config, "more than %d streams above one another have no translation", plan.MaxLevels)
	}
	from := config.Get("stream")
	parent, wrong := w.translate(from, w.level+1)
	if wrong != nil {
		w.line = wrong.Line
		finding.Refuse("its parent %s is not translated: %s", from.Get("name").Text(), wrong.Reason)
	}
	w.at(config)
	w.out.Parent = parent
	w.out.As = w.itemName(singular(parent.Name), parent)
	key := w.text(config.Get("parent_key"))
	s := &expression.Scene{Form: w.Form, Notes: w.Notes, Item: w.out.As}
	if parent.Added != nil {
		s.Added = parent.Added(w.out.As)
	}
	field := func(path ...string) string { return s.RecordField(path...).Value().Source }
	name := w.text(config.Get("partition_field"))
	w.out.slice = map[string]string{name: field(strings.Split(key, "/")...)}
	w.out.above = append([]map[string]string{parent.slice}, parent.above...)
	for _, extra := range config.Own("extra_fields").Items() {
		var steps []string
		for _, one := range extra.Items() {
			steps = append(steps, one.Text())
		}
		if len(steps) > 0 {
			w.out.slice["extra_fields."+strings.Join(steps, ".")] = field(steps...)
		}
	}
	if option := config.Get("request_option"); option.Set() {
		w.inject(option, "{{ "+w.out.slice[name]+" }}")
	}
}

// related translates two routers of which one parent stands above the other's: each record of the second
// is read with the record of the first that it belongs to.
func (w *worker) related(above, below manifest.Value) bool {
	configs := above.Own("parent_stream_configs").Items()
	if above.Type() != "SubstreamPartitionRouter" || below.Type() != "SubstreamPartitionRouter" || len(configs) != 1 ||
		configs[0].Get("request_option").Set() || len(below.Own("parent_stream_configs").Items()) != 1 {
		return false
	}
	upper, wrong := w.translate(configs[0].Get("stream"), w.level+1)
	if wrong != nil {
		return false
	}
	lower, wrong := w.translate(below.Own("parent_stream_configs").Items()[0].Get("stream"), w.level+1)
	if wrong != nil {
		return false
	}
	mark := upper.Print()
	for s := lower; s.Parent != nil; s = s.Parent {
		if s.Parent.Print() != mark {
			continue
		}
		w.substream(below)
		key, field := w.text(configs[0].Get("parent_key")), w.text(configs[0].Get("partition_field"))
		w.out.slice[field] = expression.Member(s.As, false, key)
		w.Notes.Add(above.Line(), w.out.Name, "each item of %s is read with its own item of %s, not with every one", lower.Name, upper.Name)
		return true
	}
	return false
}

// listed translates a list of values.
func (w *worker) listed(v manifest.Value) {
	name := w.text(v.Get("cursor_field"))
	w.out.As = w.itemName(name, nil)
	w.out.List = w.values(v.Get("values"))
	w.out.slice = map[string]string{name: w.out.As}
	if option := v.Get("request_option"); option.Set() {
		w.inject(option, "{{ "+w.out.As+" }}")
	}
}

// product translates several lists: an item is one value of each.
func (w *worker) product(routers []manifest.Value) {
	w.out.As, w.out.slice = "part", map[string]string{}
	var names, members []string
	for i, v := range routers {
		name := w.text(v.Get("cursor_field"))
		variable := fmt.Sprintf("v%d", i+1)
		names = append(names, variable)
		members = append(members, expression.Quote(name)+": "+variable)
		w.out.slice[name] = expression.Member("part", false, name)
		if option := v.Get("request_option"); option.Set() {
			w.inject(option, "{{ "+w.out.slice[name]+" }}")
		}
	}
	made := "{" + strings.Join(members, ", ") + "}"
	for i, v := range slices.Backward(routers) {
		made = fmt.Sprintf("%s.map(%s, %s)", w.values(v.Get("values")), names[i], made)
		if i < len(routers)-1 {
			made += ".flatten()"
		}
	}
	for range len(routers) - 1 {
		made = strings.Replace(made, ".flatten()", "", 1) + ".flatten()"
	}
	w.out.List = made
}

// values writes the list of a ListPartitionRouter.
func (w *worker) values(v manifest.Value) string {
	w.at(v)
	if v.IsList() {
		var items []string
		for _, item := range v.Items() {
			if !item.IsText() {
				items = append(items, expression.Constant(item.Plain()).Source)
				continue
			}
			items = append(items, w.scene(item).Expression(item.Text()).Value().Source)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	t := expression.Parse(v.Text())
	if text, ok := t.Text(); ok { // a list of Python in a text
		return w.scene(v).Expression("{{ " + text + " }}").Source
	}
	c := w.scene(v).Expression(v.Text())
	if c.Type == "text" || c.Type == "number" {
		return "[" + c.Value().Source + "]"
	}
	return c.Value().Source
}

// taken are names that expressions cannot give an item.
var taken = []string{"settings", "response", "status", "headers", "item", "window", "as", "break", "const", "continue", "else", "false",
	"for", "function", "if", "import", "in", "let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while",
	"type", "list", "map", "string", "int", "uint", "double", "bool", "bytes", "dyn", "size", "has", "all", "exists", "filter", "matches",
	"time", "now", "ago", "unix", "number", "json", "first", "last", "find", "merge", "lower", "upper", "base64", "sha256", "escape", "host",
	"parameter", "rows", "values", "empty", "written", "extract", "message", "duration", "timestamp", "math", "optional", "null_type", "v",
	"k", "x", "part"}

// itemName returns a name for the item above, which none above it has.
func (w *worker) itemName(name string, parent *Stream) string {
	name = strings.Trim(regexp.MustCompile(`[^a-z0-9_]+`).ReplaceAllString(strings.ToLower(name), "_"), "_")
	if name == "" || name[0] < 'a' || name[0] > 'z' || slices.Contains(taken, name) {
		name = strings.TrimSuffix("one_"+name, "_")
	}
	used := func(name string) bool {
		for s := parent; s != nil; s = s.Parent {
			if s.As == name {
				return true
			}
		}
		return false
	}
	base := name
	for n := 2; used(name); n++ {
		name = fmt.Sprintf("%s_%d", base, n)
	}
	return name
}

// singular returns the name of one of them: teams gives team.
func singular(name string) string {
	switch {
	case strings.HasSuffix(name, "ies") && len(name) > 4:
		return name[:len(name)-3] + "y"
	case strings.HasSuffix(name, "sses"), strings.HasSuffix(name, "xes"), strings.HasSuffix(name, "ches"), strings.HasSuffix(name, "shes"):
		return name[:len(name)-2]
	case strings.HasSuffix(name, "s") && !strings.HasSuffix(name, "ss") && !strings.HasSuffix(name, "us") && !strings.HasSuffix(name, "is"):
		return name[:len(name)-1]
	}
	return name
}
