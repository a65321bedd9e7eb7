package federate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federating"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// gather collects the plain objects that are meant.
func (o *Options) gather(ctx context.Context, s federating.Source) ([]federating.Item, error) {
	switch {
	case o.Files.Given():
		objects, err := o.read(ctx)
		if err != nil {
			return nil, err
		}
		return s.FromFiles(objects)
	case o.Selector != "":
		return s.BySelector(ctx, o.Objects[0].Type, o.Selector)
	}
	items, err := s.ByName(ctx, names(o.Objects))
	switch {
	case err != nil:
		return nil, err
	case o.Contents:
		return o.contents(ctx, s, items)
	case o.Dependencies:
		return o.dependencies(ctx, s, items)
	}
	return items, nil
}

func names(objects []factory.Object) []federating.Name {
	var all []federating.Name
	for _, object := range objects {
		all = append(all, federating.Name(object))
	}
	return all
}

// read reads the objects of files.
func (o *Options) read(ctx context.Context) ([]*unstructured.Unstructured, error) {
	documents, findings, err := o.Files.Read(ctx, o.Streams.In)
	switch {
	case err != nil:
		return nil, err
	case len(findings) > 0:
		f := findings[0]
		return nil, fmt.Errorf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
	}
	var objects []*unstructured.Unstructured
	for _, d := range documents {
		objects = append(objects, d.Object)
	}
	return objects, nil
}

// dependencies adds what the items need.
func (o *Options) dependencies(ctx context.Context, s federating.Source, items []federating.Item) ([]federating.Item, error) {
	more, missing, err := s.Dependencies(ctx, items)
	for _, one := range missing {
		report.Warning(o.Streams.ErrOut, "%s, is not there", one)
	}
	return append(more, items...), err
}

// contents adds what lies in a namespace.
func (o *Options) contents(ctx context.Context, s federating.Source, items []federating.Item) ([]federating.Item, error) {
	if items[0].API.Kind != "Namespace" || items[0].API.Group != "" {
		return nil, hint.Add(errors.New("--contents is for a namespace"), "%s", "kubectl fed federate namespace NAME --contents"+o.HostFlag())
	}
	s.Namespace = items[0].Object.GetName()
	found, err := s.Contents(ctx, o.Skip)
	if err != nil {
		return nil, err
	}
	if len(found.Broken) > 0 {
		report.Warning(o.Streams.ErrOut, "left out, since their servers don't answer: %s", strings.Join(found.Broken, ", "))
	}
	var out []report.LeftOut
	for _, one := range found.Skipped {
		out = append(out, report.LeftOut(one))
	}
	report.LeftOutObjects(o.said(), out)
	if err := o.hidden(found.Hidden); err != nil {
		return nil, err
	}
	return append(items, found.Items...), nil
}

// hidden is an error for types that may not be listed: what they hold would be missing, and nobody would know.
func (o *Options) hidden(hidden []string) error {
	if len(hidden) == 0 {
		return nil
	}
	err := fmt.Errorf("you may not list %s, so what they hold would be missing", strings.Join(hidden, ", "))
	if o.IgnoreForbidden {
		report.Warning(o.Streams.ErrOut, "%v", err)
		return nil
	}
	return hint.Add(err, "%s", o.Again("--ignore-forbidden"))
}
