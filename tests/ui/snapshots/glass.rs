//! Draws a window of the tests to pixels with egui's own renderer, on a software driver where there is one.

use egui::TexturesDelta;
use egui_kittest::TestRenderer;
use egui_wgpu::wgpu::{self, TextureFormat};
use egui_wgpu::{Renderer, RendererOptions, ScreenDescriptor};
use image::RgbaImage;
use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// A place to draw on; clones share it.
#[derive(Clone)]
pub struct Glass(Rc<RefCell<Card>>);

struct Card {
    device: wgpu::Device,
    queue: wgpu::Queue,
    renderer: Renderer,
}

impl Glass {
    /// The first software driver, else any; `None` where there is neither.
    pub fn find() -> Option<Self> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
        let instance = wgpu::Instance::new(descriptor);
        let mut adapters = wait(instance.enumerate_adapters(wgpu::Backends::all()));
        adapters.sort_by_key(|adapter| adapter.get_info().device_type != wgpu::DeviceType::Cpu);
        let adapter = adapters.first()?;
        let (device, queue) = wait(adapter.request_device(&wgpu::DeviceDescriptor::default())).ok()?;
        let renderer = Renderer::new(&device, TextureFormat::Rgba8Unorm, RendererOptions::PREDICTABLE);
        Some(Self(Rc::new(RefCell::new(Card { device, queue, renderer }))))
    }

    /// What a frame shows.
    pub fn draw(&self, ctx: &egui::Context, output: &egui::FullOutput) -> RgbaImage {
        let mut card = self.0.borrow_mut();
        let Card { device, queue, renderer } = &mut *card;
        let scale = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * scale;
        let [width, height] = [size.x.round() as u32, size.y.round() as u32];
        let screen = ScreenDescriptor { pixels_per_point: scale, size_in_pixels: [width, height] };
        let pieces = ctx.tessellate(output.shapes.clone(), scale);
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let uploads = renderer.update_buffers(device, queue, &mut encoder, &pieces, &screen);
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let target = wgpu::RenderPassColorAttachment {
            view: &view,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                store: wgpu::StoreOp::Store,
            },
            depth_slice: None,
        };
        let pass = wgpu::RenderPassDescriptor { color_attachments: &[Some(target)], ..Default::default() };
        renderer.render(&mut encoder.begin_render_pass(&pass).forget_lifetime(), &pieces, &screen);
        queue.submit(uploads.into_iter().chain([encoder.finish()]));
        read(device, queue, &texture)
    }
}

impl TestRenderer for Glass {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        let mut card = self.0.borrow_mut();
        let Card { device, queue, renderer } = &mut *card;
        for (id, parts) in delta.set.drain() {
            parts.iter().for_each(|part| renderer.update_texture(device, queue, id, part));
        }
        delta.free.drain().for_each(|id| renderer.free_texture(&id));
    }
}

/// The pixels of a texture; its rows are padded on their way.
fn read(device: &wgpu::Device, queue: &wgpu::Queue, texture: &wgpu::Texture) -> RgbaImage {
    let (width, height) = (texture.width(), texture.height());
    let row = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let buffer = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(row) * u64::from(height),
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: None };
    encoder.copy_texture_to_buffer(
        texture.as_image_copy(),
        wgpu::TexelCopyBufferInfo { buffer: &buffer, layout },
        texture.size(),
    );
    queue.submit([encoder.finish()]);
    buffer.slice(..).map_async(wgpu::MapMode::Read, |mapped| mapped.expect("it can be read"));
    device
        .poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(PATIENCE) })
        .expect("the driver comes to an end");
    let mapped = buffer.slice(..).get_mapped_range().expect("it is mapped");
    let rows = mapped.chunks_exact(row as usize);
    let pixels: Vec<u8> = rows.flat_map(|row| &row[..width as usize * 4]).copied().collect();
    RgbaImage::from_raw(width, height, pixels).expect("four bytes per pixel")
}

/// Waits for what a native driver answers at once.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let (mut future, mut context) = (pin!(future), Context::from_waker(Waker::noop()));
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::yield_now();
    }
}
