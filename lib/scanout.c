// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "ccprime.h"

/* Where to show a picture. */
struct output {
	uint32_t connector, crtc;
	drmModeModeInfo mode;
};

static const drmModeModeInfo *preferred_mode(const drmModeConnector *connector)
{
	for (int i = 0; i < connector->count_modes; i++)
		if (connector->modes[i].type & DRM_MODE_TYPE_PREFERRED)
			return &connector->modes[i];
	return &connector->modes[0];
}

/* The first CRTC that one of the connector's encoders reaches, or 0. */
static uint32_t find_crtc(int drm, const drmModeRes *res, const drmModeConnector *connector)
{
	for (int i = 0; i < connector->count_encoders; i++) {
		drmModeEncoder *encoder = drmModeGetEncoder(drm, connector->encoders[i]);
		uint32_t possible = encoder ? encoder->possible_crtcs : 0;

		drmModeFreeEncoder(encoder);
		for (int j = 0; j < res->count_crtcs; j++)
			if (possible & 1u << j)
				return res->crtcs[j];
	}

	return 0;
}

static bool use_connector(int drm, const drmModeRes *res, uint32_t id, struct output *output)
{
	drmModeConnector *connector = drmModeGetConnector(drm, id);
	bool usable = false;

	if (!connector)
		return false;

	if (connector->connection == DRM_MODE_CONNECTED && connector->count_modes > 0) {
		output->connector = id;
		output->crtc = find_crtc(drm, res, connector);
		output->mode = *preferred_mode(connector);
		usable = output->crtc;
	}
	drmModeFreeConnector(connector);

	return usable;
}

static int find_output(int drm, struct output *output)
{
	drmModeRes *res = drmModeGetResources(drm);
	bool found = false;

	if (!res)
		return -errno;

	for (int i = 0; i < res->count_connectors && !found; i++)
		found = use_connector(drm, res, res->connectors[i], output);
	drmModeFreeResources(res);

	return found ? 0 : -ENODEV;
}

int ccp_scanout_size(int drm, uint32_t *width, uint32_t *height)
{
	struct output output;
	int err;

	err = find_output(drm, &output);
	if (err)
		return err;

	*width = output.mode.hdisplay;
	*height = output.mode.vdisplay;
	return 0;
}

int ccp_scanout_create(struct ccp_scanout *scanout, int drm, uint32_t handle, uint32_t stride,
		       uint32_t offset)
{
	uint32_t handles[4] = { handle }, strides[4] = { stride }, offsets[4] = { offset };
	struct output output;
	uint32_t fb;
	int err;

	err = find_output(drm, &output);
	if (err)
		return err;

	err = drmModeAddFB2(drm, output.mode.hdisplay, output.mode.vdisplay, DRM_FORMAT_XRGB8888,
			    handles, strides, offsets, &fb, 0);
	if (err)
		return err;

	err = drmModeSetCrtc(drm, output.crtc, fb, 0, 0, &output.connector, 1, &output.mode);
	if (err) {
		drmModeRmFB(drm, fb);
		return err;
	}

	*scanout = (struct ccp_scanout){
		.drm = drm,
		.fb = fb,
		.crtc = output.crtc,
		.width = output.mode.hdisplay,
		.height = output.mode.vdisplay,
		.stride = stride,
	};
	return 0;
}

int ccp_scanout_flush(const struct ccp_scanout *scanout)
{
	return drmModeDirtyFB(scanout->drm, scanout->fb, NULL, 0);
}

void ccp_scanout_destroy(struct ccp_scanout *scanout)
{
	drmModeRmFB(scanout->drm, scanout->fb);
}
