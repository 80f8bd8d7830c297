"""Networks: models, pretrained weights, objectives, optimization and devices."""
