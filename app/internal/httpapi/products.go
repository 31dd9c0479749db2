package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/rediscache"
)

type productInput struct {
	ID string `path:"id" doc:"24 hexadecimal digits" example:"677480005eed5ca1e0000000"`
}

// ProductAnswer is one product.
type ProductAnswer struct {
	Origin
	Data catalog.Product `json:"data"`
}

// none is what the cache keeps of a product that does not exist.
const none = `{"data":null}`

func (a *API) registerProducts() {
	op := documented[ProductAnswer](a, operation("product", "/api/products/{id}", "One product"),
		http.StatusNotFound, http.StatusServiceUnavailable)
	huma.Register(a.huma, a.limited(op), a.product)
}

func (a *API) product(ctx context.Context, in *productInput) (*raw, error) {
	id, ok := catalog.ParseID(in.ID)
	if !ok {
		return nil, a.answerTo(ctx, catalog.ErrNotFound)
	}
	object, origin, err := a.Cache.Get(ctx, rediscache.Product, string(id), func(ctx context.Context) (rediscache.Value, error) {
		product, err := a.Store.Product(ctx, id)
		if errors.Is(err, catalog.ErrNotFound) {
			return rediscache.Value{JSON: []byte(none), Empty: true}, nil
		}
		if err != nil {
			return rediscache.Value{}, err
		}
		object, err := marshal(struct {
			Data catalog.Product `json:"data"`
		}{product})
		return rediscache.Value{JSON: object}, err
	})
	if err == nil && string(object) == none {
		err = catalog.ErrNotFound
	}
	if err != nil {
		return nil, a.answerTo(ctx, err)
	}
	return answer(ctx, object, origin, fromMongo), nil
}
