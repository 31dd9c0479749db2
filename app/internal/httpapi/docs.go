package httpapi

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

//go:embed docs/docs.html
var docsHTML string

//go:embed docs/style.css
var docsCSS []byte

var docsTemplate = template.Must(template.New("docs").Parse(docsHTML))

// docsPolicy lets the page load its own style sheet and nothing else.
const docsPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// registerDocs serves the OpenAPI document as a page. It comes last, when all
// routes are known.
func (a *API) registerDocs() error {
	var page bytes.Buffer
	if err := docsTemplate.Execute(&page, newDocs(a.huma.OpenAPI())); err != nil {
		return fmt.Errorf("write the documentation: %w", err)
	}
	a.engine.GET("/docs", func(c *gin.Context) {
		c.Header("Content-Security-Policy", docsPolicy)
		c.Data(http.StatusOK, "text/html; charset=utf-8", page.Bytes())
	})
	a.engine.GET("/docs/style.css", func(c *gin.Context) { c.Data(http.StatusOK, "text/css; charset=utf-8", docsCSS) })
	return nil
}

type (
	docs struct {
		Title, Version, Description string
		Operations                  []operationDocs
		Schemas                     []schemaDocs
	}
	operationDocs struct {
		ID, Method, Path, Summary, Description string
		Params                                 []fieldDocs
		Answers                                []fieldDocs
	}
	schemaDocs struct {
		Name   string
		Fields []fieldDocs
	}
	// fieldDocs is a parameter, a key, or an answer.
	fieldDocs struct {
		Name, In, Status, Type, Doc string
		Schema                      string // which the type refers to
		Required                    bool
	}
)

func newDocs(api *huma.OpenAPI) docs {
	d := docs{Title: api.Info.Title, Version: api.Info.Version, Description: api.Info.Description}
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		if op := api.Paths[path].Get; op != nil {
			d.Operations = append(d.Operations, newOperationDocs(path, op))
		}
	}
	schemas := api.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		s := schemaDocs{Name: name}
		for key, field := range schemas[name].Properties {
			s.Fields = append(s.Fields, fieldDocs{
				Name: key, Type: typeText(field), Schema: referred(field), Doc: field.Description,
				Required: slices.Contains(schemas[name].Required, key),
			})
		}
		slices.SortFunc(s.Fields, func(a, b fieldDocs) int { return strings.Compare(a.Name, b.Name) })
		d.Schemas = append(d.Schemas, s)
	}
	return d
}

func newOperationDocs(path string, op *huma.Operation) operationDocs {
	o := operationDocs{ID: op.OperationID, Method: op.Method, Path: path, Summary: op.Summary, Description: op.Description}
	for _, p := range op.Parameters {
		o.Params = append(o.Params, fieldDocs{Name: p.Name, In: p.In, Required: p.Required, Type: typeText(p.Schema), Doc: p.Description})
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		answer := fieldDocs{Status: status, Doc: op.Responses[status].Description}
		for _, content := range op.Responses[status].Content {
			answer.Schema, answer.Type = referred(content.Schema), typeText(content.Schema)
		}
		o.Answers = append(o.Answers, answer)
	}
	return o
}

// typeText is a schema in a few words.
func typeText(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	text := s.Type
	switch {
	case s.Ref != "":
		return referred(s)
	case len(s.OneOf) > 0:
		var kinds []string
		for _, one := range s.OneOf {
			kinds = append(kinds, typeText(one))
		}
		return strings.Join(kinds, ", or ")
	case s.Type == huma.TypeArray:
		return "list of " + typeText(s.Items)
	case len(s.Enum) > 0:
		text += fmt.Sprintf(", one of %v", s.Enum)
	}
	for _, bound := range []struct {
		name string
		at   *float64
	}{{"from", s.Minimum}, {"to", s.Maximum}} {
		if bound.at != nil {
			text += fmt.Sprintf(" %s %v", bound.name, *bound.at)
		}
	}
	if s.MinLength != nil && s.MaxLength != nil {
		text += fmt.Sprintf(" of %d to %d characters", *s.MinLength, *s.MaxLength)
	}
	if s.Default != nil {
		text += fmt.Sprintf(", %v if none is given", s.Default)
	}
	return text
}

// referred is the schema that a schema, or a list's items, refer to.
func referred(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
	case s.Items != nil:
		return referred(s.Items)
	}
	return ""
}
