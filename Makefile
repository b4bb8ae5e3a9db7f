# The same words work without make: python3 make.py drill SECONDS=60
PYTHON ?= python3
q = '$(subst ','\'',$(1))'
given = $(foreach name,$(1),$(if $($(name)),$(call q,$(name)=$($(name)))))

.PHONY: help demo test drill check bench up down
help demo test check bench up down: ; @$(PYTHON) make.py $@ $(call given,ARGS)
drill: ; @$(PYTHON) make.py $@ $(call given,SECONDS SEED ALL ARGS)
